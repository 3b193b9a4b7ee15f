"""Known weaknesses of what the locks name, by pip-audit; says when it could not look.

python ops/audit.py [LOCK...]
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_LOCKS = ("requirements-image.lock", "requirements-dev.lock", "requirements-uv.lock")
_PATIENCE_S = 300


def judged(lock: str, report: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Lines about one lock, and whether something weak was found."""
    packages = report["dependencies"]
    looked = [package for package in packages if "vulns" in package]
    if not looked:
        return [f"{lock}: NOT AUDITED: the database of weaknesses could not be reached"], False
    weak = [
        f"{lock}: {package['name']} {package['version']}: {vulnerability['id']}"
        f" (mended in {', '.join(vulnerability['fix_versions']) or 'no version yet'})"
        for package in looked
        for vulnerability in package["vulns"]
    ]
    counted = f"{lock}: {len(looked)} of {len(packages)} packages audited, {len(weak)} weaknesses"
    return [*weak, counted], bool(weak)


def audited(lock: Path) -> Mapping[str, Any]:
    """What pip-audit reports; no packages when it could not report."""
    line = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes"]
    line += ["--disable-pip", "--progress-spinner", "off", "--format", "json"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            line, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
        found: Mapping[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return {"dependencies": []}
    return found


def main(locks: Sequence[str]) -> int:
    """Audit each lock: 0 nothing found or not reached (which is said), 1 weaknesses."""
    is_weak = False
    for lock in locks or _LOCKS:
        lines, weak = judged(lock, audited(_ROOT / lock))
        is_weak |= weak
        sys.stdout.write("\n".join(lines) + "\n")
    return int(is_weak)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
