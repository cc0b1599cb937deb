"""The command line: `microgradnn tour`, `diagnose`, `check`, `draw`, `explain` and `step`.

An error is one line on stderr that says what to do, with exit status 2. Ctrl-C ends quietly with 130, a reader
that goes away (`| head`) with 141, as a shell reports both.
"""

import io
import os
import sys
from collections.abc import Sequence

import click

import microgradnn
from microgradnn.articles.stories import ARTICLES
from microgradnn.drawing.text import visible
from microgradnn.errors import MicrogradnnError

OK, UNREACHED, WRONG, STOPPED, UNREAD = 0, 1, 2, 130, 141


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(microgradnn.__version__, "--version", message="microgradnn %(version)s")
@click.pass_context
def microgradnn_command(context: click.Context) -> None:
    """Small neural networks from numbers that remember how they were computed."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@microgradnn_command.command()
@click.option(
    "--out",
    default="microgradnn-tour",
    show_default=True,
    metavar="DIR",
    help="Folder to write: index.html with graphs and loss curves. An earlier tour there is replaced.",
)
@click.option(
    "--quick", is_flag=True, help="Fewer steps, enough to reach the results; leaves out what the articles wish for."
)
@click.option(
    "--only",
    "names",
    multiple=True,
    metavar="NAME",
    type=click.Choice(list(ARTICLES)),
    help=f"One network only: {', '.join(ARTICLES)}. May be given more than once.",
)
def tour(out: str, quick: bool, names: tuple[str, ...]) -> int:
    """Train the networks of the four articles and show what they learn.

    For each network: what the article reports and what is reached here, by the article's own rule and by
    autodiff; the gradients derived by hand beside those of autodiff; a graph and the loss curves, written into
    a folder. The exit status is 0 if every network reached its result, 1 if not, 2 after an error.
    """
    # Loads rich, which --help and --version do without.
    from microgradnn.tour.guide import guide

    articles = [article for name, article in ARTICLES.items() if not names or name in names]
    return OK if guide(articles, out, quick) else UNREACHED


@microgradnn_command.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(list(ARTICLES)))
def diagnose(names: tuple[str, ...]) -> int:
    """Name what is wrong with the rules that the articles derived by hand.

    NAME is one of nanoneuron, mikir, mlp_xor, quadrants_1, quadrants_2; without one, all are diagnosed. The
    published rule is, and then the same rule put right. The exit status is 0 if every corrected rule passes,
    1 if not.
    """
    from microgradnn.tour.clinic import tell

    return OK if tell([ARTICLES[name] for name in names or ARTICLES]) else UNREACHED


@microgradnn_command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--timeout", type=float, default=60.0, show_default=True, metavar="SECONDS", help="Time limit for each file."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
def check(files: tuple[str, ...], timeout: float, as_json: bool) -> int:
    """Diagnose the gradients derived by hand in Markdown, notebooks and Python files.

    THIS RUNS THE CODE IN THE FILES, as a doctest does: check only files that you would run. Only marked
    blocks are run, each file in a process of its own. A block is marked by the info string of its fence,
    "python microgradnn ROLE", or by a comment, "# microgradnn: ROLE", in its first line (above a function in
    a Python file). The roles are loss and by_hand, check for both in one block, at for a point to start from,
    and setup for what they need.

    The exit status is 0 if every derivation is right, 1 if one is wrong, 2 if a file could not be read or run,
    or has no marked blocks.
    """
    from microgradnn.pages.command import check_files

    return check_files(files, timeout, as_json)


RUNS = """THIS RUNS THE FILE, as an import does: name only files that you would run. NAME in it is a Value, or a
    function that returns one and is called without arguments. What the file prints goes to stderr."""


@microgradnn_command.command(
    help=f"""Draw how a Value of a Python file was computed, with every number and gradient.

    {RUNS}

    A large graph is folded to neurons, layers or models. Gradients are computed if the file has not done so."""
)
@click.argument("target", metavar="FILE:NAME")
@click.option(
    "--out",
    metavar="PATH",
    help="The file to write, by its ending svg, png, dot, mmd, tex or json; NAME.svg if not given.",
)
@click.option(
    "--depth",
    type=click.IntRange(1, 4),
    help="Fold to models (1), layers (2), neurons (3), or not at all (4); by default, as fine as can be taken in.",
)
@click.option("--theme", type=click.Choice(["light", "dark", "auto"]), default="light", show_default=True)
def draw(target: str, out: str | None, depth: int | None, theme: str) -> int:
    """See `help` above."""
    from microgradnn.commands.see import draw_it

    draw_it(target, out, depth, theme)
    return OK


@microgradnn_command.command(
    help=f"""Write out how a Value of a Python file follows from the chain rule, in words, symbols and numbers.

    {RUNS}"""
)
@click.argument("target", metavar="FILE:NAME")
@click.option("--wrt", multiple=True, metavar="LABEL", help="Only the derivative for the Value of this label.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "latex", "markdown", "html"]),
    default="text",
    show_default=True,
    help="html is a whole page, which needs no network.",
)
def explain(target: str, wrt: tuple[str, ...], form: str) -> int:
    """See `help` above."""
    from microgradnn.commands.see import explain_it

    explain_it(target, wrt, form)
    return OK


@microgradnn_command.command(
    help=f"""Write a page that steps through the forward and backward pass of a Value of a Python file.

    {RUNS}

    The page is one file that needs no network."""
)
@click.argument("target", metavar="FILE:NAME")
@click.option("--out", metavar="PATH", help="The file to write; NAME.html if not given.")
def step(target: str, out: str | None) -> int:
    """See `help` above."""
    from microgradnn.commands.see import step_it

    step_it(target, out)
    return OK


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: those of the process) and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows "?" instead of failing
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        # Not command.main(), which prints errors in several lines and hides a broken pipe behind status 1.
        with microgradnn_command.make_context("microgradnn", given) as context:
            status = microgradnn_command.invoke(context)
        sys.stdout.flush()
        return status if isinstance(status, int) else OK
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        return _say(f"{_one_line(error.format_message())} (microgradnn --help shows what there is)")
    except MicrogradnnError as error:
        return _say(_one_line(str(error)))
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped", err=True)
        return STOPPED
    except BrokenPipeError:
        _drop_output()
        return UNREAD
    except OSError as error:  # of the standard output; what is written elsewhere raises MicrogradnnError
        _drop_output()
        return _say(f"the output cannot be written ({error.strerror or error}); send it elsewhere")


def _drop_output() -> None:
    # What is still buffered has no reader either: let the interpreter's last flush go nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str) -> int:
    click.echo(f"microgradnn: {message}", err=True)
    return WRONG


def _one_line(message: str) -> str:
    return visible(" ".join(message.split()))  # a name or a path in it may hold what steers terminals


def main() -> None:
    """The console script."""
    sys.exit(run())
