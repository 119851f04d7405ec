"""What happened in a run of tests, written as one JSON document (see report.ts) when the run has ended."""

import json
import os
import traceback

LONGEST = 4_000


class Results:
    def __init__(self, path):
        self.path = path
        self.tests = []

    def add(self, file, path, status, seconds=0.0, failure=None):
        self.tests.append(
            {"file": str(file), "path": path, "status": status, "durationMs": seconds * 1000}
            | ({"failure": failure} if failure else {})
        )

    def write(self):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump({"complete": True, "tests": self.tests}, file)


def failure_of(error, compared=None):
    """What a report says of an error; `compared` is (received, expected) when the runner knows them."""
    crossed = getattr(error, "crossed_frames", [])
    own = [
        f"{frame.filename}:{frame.lineno}:{(getattr(frame, 'colno', None) or 0) + 1}"
        for frame in traceback.extract_tb(error.__traceback__)
    ][::-1]
    pair = compared or _operands(error)
    return {
        "errorClass": type(error).__name__,
        "message": _message(error),
        "stack": "\n".join([*crossed, *own]),
    } | ({"received": _shown(pair[0]), "expected": _shown(pair[1])} if pair else {})


def failure_in_words(error_class, message):
    return {"errorClass": error_class, "message": message[:LONGEST], "stack": ""}


def _message(error):
    try:
        return str(error)[:LONGEST]
    except Exception:
        return ""


def _shown(value):
    try:
        return repr(value)[:LONGEST]
    except Exception:
        return f"<{type(value).__name__}>"


def _operands(error):
    """What unittest's assertions compared: they do not keep it, but the frames of the traceback do."""
    at = error.__traceback__ if isinstance(error, AssertionError) else None
    while at:
        code = at.tb_frame.f_code
        if os.path.basename(os.path.dirname(code.co_filename)) == "unittest" and code.co_name.startswith("assert"):
            local = at.tb_frame.f_locals
            for first, second in (("first", "second"), ("expr1", "expr2"), ("d1", "d2")):
                if first in local and second in local:
                    return local[first], local[second]
        at = at.tb_next
    return None
