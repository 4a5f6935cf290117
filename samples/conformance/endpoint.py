"""The simulated endpoint as a process."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType


class Endpoint:
    """Serves an account on a free port until the `with` block ends."""

    def __init__(self, serve: Path, account: str) -> None:
        self._command = [str(serve), account, "0"]
        self.url = ""

    def __enter__(self) -> Endpoint:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        # The URL is its first line; without one, its own error is on stderr already.
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise SystemExit(f"{' '.join(self._command)} ended with {self._process.wait()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()


def operations(serve: Path) -> set[tuple[str, str]]:
    """Every operation that the endpoint serves: service and name."""
    listed = subprocess.run([str(serve), "--operations"], check=True, capture_output=True, text=True)
    pairs = [tuple(line.split()) for line in listed.stdout.splitlines()]
    return {(service, operation) for service, operation in pairs}
