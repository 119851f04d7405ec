"""Runs pytest with a reporter of ours: `run_pytest.py {"report": …, "front": […], "back": […], "arguments": […]}`;
front and back are put around what is in sys.path."""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from auto_build_results import Results, failure_in_words, failure_of  # noqa: E402

given = json.loads(sys.argv[1])
report, arguments = given["report"], given["arguments"]
sys.path[1:1] = given["front"]
sys.path += given["back"]

try:
    import pytest  # noqa: E402
except ModuleNotFoundError:
    sys.exit("pytest is not installed for this python3")


class Reporter:
    def __init__(self):
        self.results = Results(report)
        self.compared = {}
        self.item = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item):
        self.item = item.nodeid

    @pytest.hookimpl(tryfirst=True)
    def pytest_assertrepr_compare(self, op, left, right):
        if op in ("==", "is", "in"):
            self.compared[self.item] = (left, right) if op != "in" else (right, left)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        made = (yield).get_result()
        file = getattr(item, "path", None) or item.fspath
        path = [part.replace("::()", "") for part in item.nodeid.split("::")[1:]] or [item.name]
        if made.when == "call" or made.failed or made.skipped:
            error = call.excinfo.value if call.excinfo is not None else None
            failure = None
            if made.failed:
                failure = (
                    failure_of(error, self.compared.get(item.nodeid) if isinstance(error, AssertionError) else None)
                    if error is not None
                    else failure_in_words("Failed", made.longreprtext)
                )
                # An error in a fixture's end is one more result, not another result of the test.
                path = [*path, "(teardown)"] if made.when == "teardown" else path
            self.results.add(file, path, made.outcome, call.duration, failure)

    def pytest_collectreport(self, report):
        if report.failed:
            words = report.longreprtext
            last = next((line[2:].strip() for line in reversed(words.splitlines()) if line.startswith("E ")), words)
            name, _, message = last.partition(": ")
            known = name if name.isidentifier() else "CollectionError"
            self.results.add(report.nodeid, ["(file)"], "failed", 0, failure_in_words(known, message or last))

    def pytest_sessionfinish(self):
        self.results.write()


sys.exit(pytest.main(arguments, plugins=[Reporter()]))
