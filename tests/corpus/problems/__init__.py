"""The problems; importing this enters them all."""

from importlib import import_module

NAMES = (
    "neurons links networks outputs deeper residual classes probabilities samples regression shared heads "
    "kinks algebra products margins recurrence odd quadrants labels students"
)
for _name in NAMES.split():
    import_module(f"{__name__}.{_name}")
