# SPDX-License-Identifier: ISC
"""Calls with a person at the terminal."""
import os
import pty
import select
import signal
import time


def on_terminal(argv, env, cwd, answer, stdin):
    """Calls with a controlling terminal; answer is typed at the prompt.
    Returns the exit code and what the terminal showed."""
    said, speak = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(said, 0)
        os.close(speak)
        os.chdir(cwd)
        os.execvpe(argv[0], argv, env)
    os.close(said)
    os.write(speak, stdin)
    os.close(speak)
    shown, is_typed, end = b"", False, time.monotonic() + 90
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                got = os.read(terminal, 4096)
            except OSError:
                break
            if not got:
                break
            shown += got
        if not is_typed and b"password for" in shown:
            is_typed = True  # what was typed before it asked is gone by now
            os.write(terminal, answer)
    else:
        os.kill(pid, signal.SIGKILL)  # it would wait for us, and we for it
    status = os.waitpid(pid, 0)[1]
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()
