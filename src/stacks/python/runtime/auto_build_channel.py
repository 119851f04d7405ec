"""The test's end of the channel to the code under test. The generated proxy modules call it; a test sees ordinary
functions, and coroutines where the code is asynchronous."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import auto_build_codec as codec


class NotImplementedError(Exception):  # not the built-in one: no test may expect it by accident
    pass


class TimeLimitError(Exception):
    pass


class CodeEndedError(Exception):
    pass


class ChannelError(Exception):
    pass


class Missing:
    """What a constant is that the code does not have; equal to nothing."""

    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return False

    __hash__ = None

    def __repr__(self):
        return f"<{self.name} is not implemented>"


class Channel:
    """One process for all modules of a test file: state inside the code lives as long as the file."""

    def __init__(self, driver, paths, cwd, env, user, call_ms, start_ms):
        self.driver, self.paths, self.cwd, self.env, self.user = driver, paths, cwd, env, user
        self.call_s, self.start_s = call_ms / 1000, start_ms / 1000
        self.child = None
        self.last_id = 0

    def _start(self):
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            user = {} if self.user is None else {
                "user": self.user["uid"], "group": self.user["gid"], "extra_groups": []
            }
            number = str(theirs.fileno())
            self.child = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", self.driver, number, json.dumps(self.paths)],
                cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, pass_fds=[theirs.fileno()], **user,
            )
        self.socket, self.buffer, self.said = ours, b"", b""
        self.listener = threading.Thread(target=self._listen, args=[self.child.stderr], daemon=True)
        self.listener.start()

    def _listen(self, stream):
        for line in stream:
            self.said = (self.said + line)[-2000:]

    def _stop(self):
        child, self.child = self.child, None
        self.socket.close()
        try:
            child.kill()
        except PermissionError:
            # Without CAP_KILL even root may not signal another user, so the signal comes from that user itself.
            kill = f"import os; os.kill({child.pid}, 9)"
            user = {"user": self.user["uid"], "group": self.user["gid"], "extra_groups": []}
            subprocess.run([sys.executable, "-I", "-c", kill], env={}, stderr=subprocess.DEVNULL, **user)
        child.wait()

    def _line(self, name, limit):
        deadline = time.monotonic() + limit
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                self.socket.settimeout(left)
                got = self.socket.recv(65536)
            except TimeoutError:
                self._stop()
                raise TimeLimitError(f"no answer from {name} within {round(limit * 1000)} ms") from None
            except OSError:
                got = b""
            if not got:
                self._ended()
            self.buffer += got
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def _ended(self):
        child = self.child
        self._stop()
        self.listener.join(0.5)
        last = self.said.decode(errors="replace").strip().rpartition("\n")[2]
        how = f"signal {-child.returncode}" if child.returncode < 0 else f"exit code {child.returncode}"
        raise CodeEndedError(f"the code under test ended ({how}){': ' + last if last else ''}")

    def ask(self, request, name):
        """Starting and importing may take longer than a call, so they are asked for on their own."""
        if self.child is None:
            self._start()
            self.loaded = set()
        if request["module"] not in self.loaded:
            self._exchange({**request, "do": "load"}, name, self.start_s)
            self.loaded.add(request["module"])
        return self._exchange(request, name, self.call_s)

    def _exchange(self, request, name, limit):
        self.last_id += 1
        try:
            self.socket.sendall(f"{json.dumps({**request, 'id': self.last_id})}\n".encode())
        except OSError:
            self._ended()
        while True:
            try:
                answer = json.loads(self._line(name, limit))
                if answer["id"] == self.last_id:
                    return answer
            except (ValueError, KeyError, TypeError):
                continue  # Noise that the code wrote into the channel; whoever waits runs into the time limit.

    def call(self, module, name, args, kwargs, classes):
        wire = codec.encode([list(args), kwargs], f"the arguments of {name}")
        answer = self.ask({"do": "call", "module": module, "name": name, "args": wire}, name)
        for text, stream in zip(answer.get("printed", []), (sys.stdout, sys.stderr)):
            stream.write(str(text))
        if answer.get("awaited"):
            return self._later(answer, name, classes)
        return self._outcome(answer, name, classes)

    async def _later(self, answer, name, classes):
        return self._outcome(answer, name, classes)

    def constant(self, module, name, classes):
        answer = self.ask({"do": "get", "module": module, "name": name}, name)
        # The proxy must load whatever the code is like; a test that expects a value fails by itself.
        return codec.decode(answer["wire"], classes) if answer["is"] == "value" else Missing(name)

    def _outcome(self, answer, name, classes):
        kind = answer["is"]
        if kind == "value":
            return codec.decode(answer["wire"], classes)
        if kind == "threw":
            raise codec.decode(answer["wire"], classes)
        if kind == "missing":
            raise NotImplementedError(f"{name} is not implemented: {answer['why']}")
        if kind == "cannot":
            raise codec.CannotCross(str(answer["why"]))
        raise ChannelError(f"an answer from {name} that cannot be read")
