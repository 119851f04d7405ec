"""Runs in the process and as the user of the code under test: imports its modules, calls them, sends data back.

Given to python as text, because that user cannot read the gate's directory. Nothing here is trusted: whatever the
code does to this process, all it can send is values, and the assertions run on the other side.
"""

import asyncio
import contextlib
import importlib
import inspect
import io
import json
import os
import socket
import sys

MAX_PRINTED = 1_000_000


class _Missing(Exception):
    pass


def _find(module, name):
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise _Missing("the module does not exist") from None
        raise
    if not hasattr(loaded, name):
        raise _Missing(f"the module has no {name!r}")
    return getattr(loaded, name)


def _answer(request):
    module, name = request["module"], request["name"]
    awaited = False
    try:
        found = _find(module, name)
        if request["do"] == "load":
            return {"is": "value", "wire": None}
        if request["do"] == "get":
            return {"is": "value", "wire": encode(found, f"the constant {name}")}
        if not callable(found):
            return {"is": "missing", "why": f"{name!r} is not a function"}
        args, kwargs = decode(request["args"])
        result = found(*args, **kwargs)
        awaited = inspect.iscoroutine(result)
        if awaited:
            result = asyncio.run(result)
        return {"is": "value", "wire": encode(result, "the result"), "awaited": awaited}
    except _Missing as error:
        return {"is": "missing", "why": str(error)}
    except CannotCross as error:
        return {"is": "cannot", "why": str(error)}
    except BaseException as error:
        return {"is": "threw", "wire": encode(error, "the error"), "awaited": awaited}


def _serve(channel, paths):
    sys.path[:0] = paths
    lines = channel.makefile("r", encoding="utf-8", newline="\n")
    for line in lines:
        request = json.loads(line)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            answer = _answer(request)
        answer["id"] = request["id"]
        # What is printed is data as well.
        answer["printed"] = [out.getvalue()[:MAX_PRINTED], err.getvalue()[:MAX_PRINTED]]
        channel.sendall(f"{json.dumps(answer)}\n".encode())
    os._exit(0)


_serve(socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2]))
