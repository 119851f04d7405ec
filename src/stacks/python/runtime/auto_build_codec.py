"""Values as data: what crosses between the sealed tests and the code under test.

An own format in plain JSON instead of pickle, because the judge must never let hostile bytes build objects, and
because what is not data (functions, instances of classes) must be named, not silently flattened.
Runs on both sides, so it imports the standard library only.
"""

import base64
import builtins
import datetime
import decimal
import fractions
import json
import math
import pathlib
import traceback
import types
import uuid

MAX_DEPTH = 200
MAX_NODES = 200_000


class CannotCross(Exception):
    """Something is not data."""


def _refuse(what, where):
    raise CannotCross(f"cannot cross: {where} is {what}, which is not data: these tests need mode in-process")


def encode(value, where):
    """A value as JSON data. Raises CannotCross for functions, instances of classes and cycles."""
    return _Encoder().node(value, where, 0)


class _Encoder:
    def __init__(self):
        self.nodes = 0
        self.open = set()

    def node(self, value, where, depth):
        self.nodes += 1
        if self.nodes > MAX_NODES:
            _refuse(f"more than {MAX_NODES} values", where)
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if abs(value) < 2**53 else ["int", hex(value)]
        if kind is float:
            return value if math.isfinite(value) else ["float", repr(value)]
        simple = _SIMPLE_OUT.get(kind)
        if simple:
            return [simple[0], simple[1](value)]
        if isinstance(value, pathlib.PurePath) and kind in (pathlib.PosixPath, pathlib.PurePosixPath):
            return ["path" if kind is pathlib.PosixPath else "purepath", str(value)]
        if kind is datetime.datetime or kind is datetime.time:
            if value.tzinfo is not None and type(value.tzinfo) is not datetime.timezone:
                _refuse("a time with a time zone of its own class", where)
            return [kind.__name__, value.isoformat()]
        if depth >= MAX_DEPTH:
            _refuse("nested too deeply", where)
        if id(value) in self.open:
            _refuse("part of itself", where)
        self.open.add(id(value))
        try:
            return self.composite(value, kind, where, depth + 1)
        finally:
            self.open.discard(id(value))

    def composite(self, value, kind, where, depth):
        if kind in (list, tuple, set, frozenset):
            return [kind.__name__, [self.node(each, f"{where}[…]", depth) for each in value]]
        if kind is dict:
            pairs = [
                [self.node(key, f"a key of {where}", depth), self.node(each, f"{where}[{key!r}]", depth)]
                for key, each in value.items()
            ]
            return ["dict", pairs]
        if kind is slice:
            return ["slice", [self.node(each, where, depth) for each in (value.start, value.stop, value.step)]]
        if kind in _ITERATORS:
            # Laziness is lost, the values are not.
            return ["iterator", [self.node(each, f"an item of {where}", depth) for each in value]]
        if isinstance(value, BaseException):
            return ["error", self.error(value, where, depth)]
        if isinstance(value, type):
            return _refuse("a class", where)
        if callable(value):
            return _refuse("a function", where)
        return _refuse(f"an instance of {kind.__qualname__}", where)

    def error(self, value, where, depth):
        def data(each):
            try:
                return self.node(each, where, depth)
            except CannotCross:
                return repr(each)[:1000]

        attributes = {name: data(each) for name, each in vars(value).items() if not name.startswith("__")}
        return {
            "chain": [each.__name__ for each in type(value).__mro__][:20],
            "message": _text(value),
            "args": [data(each) for each in value.args],
            "attributes": attributes,
            "frames": _frames(value),
        }


def _text(error):
    try:
        return str(error)
    except Exception:
        return ""


def _frames(error):
    """`path:line:column`, innermost first."""
    found = []
    for frame in traceback.extract_tb(error.__traceback__):
        column = getattr(frame, "colno", None)
        found.append(f"{frame.filename}:{frame.lineno}:{1 if column is None else column + 1}")
    return found[::-1][:50]


_ITERATORS = {types.GeneratorType, map, filter, zip, enumerate, reversed} | {
    type(iter(each)) for each in ([], (), {}, set(), "", b"", range(0), {}.values(), {}.items())
} | {type({}.keys()), type({}.values()), type({}.items())}

_SIMPLE_OUT = {
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    bytearray: ("bytearray", lambda value: base64.b64encode(value).decode()),
    complex: ("complex", lambda value: [repr(value.real), repr(value.imag)]),
    decimal.Decimal: ("decimal", str),
    fractions.Fraction: ("fraction", str),
    datetime.date: ("date", lambda value: value.isoformat()),
    datetime.timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    uuid.UUID: ("uuid", str),
    range: ("range", lambda value: [value.start, value.stop, value.step]),
    type(Ellipsis): ("ellipsis", lambda value: None),
    type(NotImplemented): ("notimplemented", lambda value: None),
}

_SIMPLE_IN = {
    "int": lambda payload: int(payload, 16),
    "float": float,
    "bytes": base64.b64decode,
    "bytearray": lambda payload: bytearray(base64.b64decode(payload)),
    "complex": lambda payload: complex(float(payload[0]), float(payload[1])),
    "decimal": decimal.Decimal,
    "fraction": fractions.Fraction,
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda payload: datetime.timedelta(*payload),
    "uuid": uuid.UUID,
    "range": lambda payload: range(*payload),
    "ellipsis": lambda payload: Ellipsis,
    "notimplemented": lambda payload: NotImplemented,
    "path": pathlib.Path,
    "purepath": pathlib.PurePosixPath,
}

# Ends of a process must not end the judge's.
_BUILTIN_ERRORS = {
    name: each
    for name, each in vars(builtins).items()
    if isinstance(each, type) and issubclass(each, (Exception, SystemExit))
}
_LIBRARY_ERRORS = {
    "InvalidOperation": decimal.InvalidOperation,
    "DivisionByZero": decimal.DivisionByZero,
    "JSONDecodeError": json.JSONDecodeError,
}


def decode(wire, classes=None):
    """Builds the value again from data that may be hostile. `classes`: error classes by name besides the known ones."""
    if not isinstance(wire, list):
        if wire is None or isinstance(wire, (bool, int, float, str)):
            return wire
        raise ValueError("not data")
    if len(wire) != 2 or not isinstance(wire[0], str):
        raise ValueError("not data")
    tag, payload = wire
    if tag in _SIMPLE_IN:
        return _SIMPLE_IN[tag](payload)
    if tag == "error":
        return _rebuilt(payload, classes or {})
    if tag == "dict":
        return {decode(key, classes): decode(each, classes) for key, each in payload}
    items = [decode(each, classes) for each in payload]
    if tag == "list":
        return items
    if tag == "iterator":
        return iter(items)
    if tag == "slice":
        return slice(*items)
    return {"tuple": tuple, "set": set, "frozenset": frozenset}[tag](items)


def _rebuilt(error, classes):
    """An error of the nearest class that both sides know, so that `except ValueError` and the like hold."""
    known = {**_LIBRARY_ERRORS, **_BUILTIN_ERRORS, **classes}
    chain = [str(name) for name in error["chain"]]
    nearest = next((known[name] for name in chain if name in known), Exception)
    message = str(error["message"])
    made = None
    try:
        made = nearest(*[decode(each, classes) for each in error["args"]])
    except Exception:
        pass
    if made is None or chain[0] != nearest.__name__ or _text(made) != message:
        own = type(chain[0], (nearest,), {"__init__": lambda self: None, "__str__": lambda self: message})
        own.__module__ = "builtins"
        made = own()
        try:
            made.args = tuple(decode(each, classes) for each in error["args"])
        except Exception:
            made.args = (message,)
    for name, each in error["attributes"].items():
        try:
            setattr(made, str(name), decode(each, classes))
        except Exception:
            continue
    made.crossed_frames = [str(frame)[:1000] for frame in error["frames"]][:50]
    return made
