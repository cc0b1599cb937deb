"""The problems; importing this enters them all."""

from importlib import import_module

for (
    _name
) in "neurons networks deeper classes samples shared kinks algebra margins recurrence odd quadrants labels".split():  # noqa: SIM905
    import_module(f"{__name__}.{_name}")
