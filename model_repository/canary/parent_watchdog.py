"""Runs a program until the parent process ends, which the end of standard input tells.

    python -m model_repository.canary.parent_watchdog PROGRAM ARGUMENT...

A publisher may be killed at any moment; the server that it asked must not stay behind.
"""

import os
import subprocess
import sys
import threading

STOP_TIMEOUT_S = 15.0


def main(command: list[str]) -> int:
    """Run the command; its exit code, or a signal's number as shells say it."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # ours

    def end_with_input() -> None:
        # Not through `sys.stdin`, whose lock would keep the interpreter from leaving.
        while os.read(0, 1024):
            pass
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=end_with_input, daemon=True).start()
    code = process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
