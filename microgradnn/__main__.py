"""`python -m microgradnn` is the command `microgradnn`."""

from microgradnn.cli import main

if __name__ == "__main__":
    main()
