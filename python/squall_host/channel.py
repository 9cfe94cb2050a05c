"""The socket to the server: one JSON object a line, in both directions.

It arrives as standard input. The action must not see it, so it moves to another descriptor and standard input becomes
empty. End of file means that the server died; then nobody wants the effects of this process any more.
"""

import json
import os
import signal


class Channel:
    def __init__(self):
        self._descriptor = os.dup(0)
        os.set_inheritable(self._descriptor, False)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._unread = b""

    def receive(self):
        """Returns the next message, or None when the server is gone."""
        # No buffered reader: its lock, held by a waiting thread, can abort the interpreter's shutdown.
        while b"\n" not in self._unread:
            more = os.read(self._descriptor, 65536)
            if not more:
                return None
            self._unread += more
        line, self._unread = self._unread.split(b"\n", 1)
        return json.loads(line.decode("utf-8"))

    def send_bytes(self, line):
        self._set_die_with_server(False)
        view = memoryview(line + b"\n")
        while view:
            view = view[os.write(self._descriptor, view):]

    def die_with_server(self):
        """Has the kernel kill the whole process group once the server closes its end.

        No thread is needed and no code of the action can get in the way: SIGKILL is what the descriptor raises
        instead of SIGIO. Nothing may be received after this call.
        """
        try:
            self._set_die_with_server(True)
        except (AttributeError, OSError):
            return  # a kernel without signal-driven descriptors: the next server reaps what is left
        import select

        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        if poll.poll(0):
            os.killpg(0, signal.SIGKILL)

    def _set_die_with_server(self, enabled):
        import fcntl

        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL) & ~fcntl.FASYNC
        if enabled:
            fcntl.fcntl(self._descriptor, fcntl.F_SETOWN, -os.getpgrp())
            fcntl.fcntl(self._descriptor, fcntl.F_SETSIG, signal.SIGKILL)
            flags |= fcntl.FASYNC
        fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags)
