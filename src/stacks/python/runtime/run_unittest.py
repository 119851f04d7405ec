"""Runs unittest with a reporter of ours: `run_unittest.py {"report": …, "front": […], "back": […], "arguments": […]}`;
front and back are put around what is in sys.path, arguments are `discover <start> <pattern>` or `file <path>`."""

import importlib.util
import json
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from auto_build_results import Results, failure_of  # noqa: E402

given = json.loads(sys.argv[1])
report, arguments = given["report"], given["arguments"]
sys.path[1:1] = given["front"]
sys.path += given["back"]


class Reporter(unittest.TextTestResult):
    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self.results = Results(report)

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.broken = None

    def stopTest(self, test):
        if self.broken:
            self._add(test, "failed", self.broken)
        super().stopTest(test)

    def _add(self, test, status, failure=None):
        seconds = time.monotonic() - getattr(self, "started", time.monotonic())
        module = sys.modules.get(type(test).__module__)
        file = getattr(module, "__file__", None) or ""
        if type(test).__name__ == "_FailedTest":
            file, path = test.id().rpartition(".")[2].replace(".", "/") + ".py", ["(file)"]
        elif isinstance(test, unittest.TestCase):
            path = [*type(test).__qualname__.split("."), test.id().rpartition(".")[2]]
        else:
            path = [str(test)]
        self.results.add(file, path, status, seconds, failure)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._add(test, "passed")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._add(test, "passed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._add(test, "skipped")

    def addFailure(self, test, err):
        # Before unittest shortens the traceback.
        failure = failure_of(err[1])
        super().addFailure(test, err)
        self._add(test, "failed", failure)

    def addError(self, test, err):
        # Before unittest shortens the traceback.
        failure = failure_of(err[1])
        super().addError(test, err)
        self._add(test, "failed", failure)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._add(test, "failed", failure_of(AssertionError("unexpected success")))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.broken = failure_of(err[1])
        super().addSubTest(test, subtest, err)


def load():
    loader = unittest.TestLoader()
    if arguments[0] == "discover":
        return loader.discover(arguments[1], pattern=arguments[2])
    name = os.path.basename(arguments[1])[: -len(".py")]
    spec = importlib.util.spec_from_file_location(name, arguments[1])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return loader.loadTestsFromModule(module)


try:
    suite = load()
except BaseException as error:
    results = Results(report)
    results.add(arguments[-1], ["(file)"], "failed", 0, failure_of(error))
    results.write()
    raise
outcome = unittest.TextTestRunner(resultclass=Reporter, verbosity=1).run(suite)
outcome.results.write()
sys.exit(0 if outcome.wasSuccessful() else 1)
