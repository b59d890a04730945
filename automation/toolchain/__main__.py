"""`python -m automation.toolchain`: makes the toolchain ready, telling how on stderr, and prints where it lies."""

import signal
import sys

import click

from automation.errors import Diagnostic, ExitCode
from automation.toolchain.locate import locate


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--print-bin-dir", is_flag=True, help="Print the folder alone, for `export PATH=$(...):$PATH`.")
def main(*, print_bin_dir: bool) -> None:
    """Find, download or build the pinned Pulumi CLI."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended either way, it ends the compiler, too
    try:
        toolchain = locate(progress=lambda line: click.echo(line, err=True))
    except Diagnostic as fault:
        for part in (fault.what, fault.why, fault.next_step):
            click.echo(part, err=True)
        sys.exit(fault.exit_code)
    except KeyboardInterrupt:
        click.echo("interrupted: nothing half-made was kept", err=True)
        sys.exit(ExitCode.CANCELLED)
    if not print_bin_dir:
        click.echo(f"Pulumi {toolchain.version}, from {toolchain.source}", err=True)
    click.echo(toolchain.bin_dir)


if __name__ == "__main__":
    main()
