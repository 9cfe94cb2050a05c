"""Runs commands. Counterpart: st2common/util/shell.py."""

import os
import shlex
import subprocess

__all__ = ["quote_unix", "run_command"]

quote_unix = shlex.quote


def run_command(
    cmd, stdin=None, stdout=subprocess.PIPE, stderr=subprocess.PIPE, shell=False, cwd=None, env=None, close_fds=None
):
    """Returns (exit code, standard output, standard error) of a finished command."""
    process = subprocess.run(
        cmd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        shell=shell,
        cwd=cwd,
        env=env or os.environ.copy(),
        close_fds=close_fds if close_fds is not None else True,
        check=False,
    )
    return process.returncode, process.stdout, process.stderr
