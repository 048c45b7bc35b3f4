"""The settings as README shows them: `python -m tests.readme.settings_table` prints the table."""

from typing import Any

from settings import Settings


def settings_table() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `{name.upper()}` | {_default(name, field.default)} | {field.description} |")
    return "\n".join(rows)


def _default(name: str, value: Any) -> str:
    if name == "secret_key":
        return "a development key"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return "" if value in (None, "") else f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    print(settings_table())
