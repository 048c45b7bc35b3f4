"""What a database is at once everything has been migrated."""

from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "data" / "migrations" / "versions"
NEWEST = max(path.name.partition("_")[0] for path in VERSIONS.glob("0*.py"))
