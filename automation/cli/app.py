"""Root command: lazy subcommands, and the single error boundary that maps diagnostics to exit codes."""

import importlib
import io
import sys
from collections.abc import Sequence

import click

from automation.errors import Cancelled, Diagnostic, ExitCode

COMMANDS = {
    "deploy": ("automation.cli.deploy:deploy", "Create or update a stack, then check its health."),
    "preview": ("automation.cli.stack:preview", "Show what a deploy would change; touches nothing."),
    "status": (
        "automation.cli.fleet:status",
        "Show the fleet: workers, queues, revision, and why it has this size.",
    ),
    "drift": (
        "automation.cli.drift:drift",
        "Show what was changed outside of Pulumi; touches nothing.",
    ),
    "outputs": ("automation.cli.stack:outputs", "Show the outputs of a stack."),
    "start": ("automation.cli.fleet:start", "Start the workers; ends a stop and a number set by hand."),
    "stop": (
        "automation.cli.fleet:stop",
        "Stop all workers until start or submit; running jobs finish or go back to the queue.",
    ),
    "restart": ("automation.cli.fleet:restart", "Replace all workers, one rolling deployment."),
    "scale": ("automation.cli.scale:scale", "Set the number of workers for a while, or bounds for scaling."),
    "autostop": ("automation.cli.autostop:autostop", "Show or change when an idle fleet stops by itself."),
    "health": (
        "automation.cli.health:health",
        "Check every endpoint, then send a test job through the queue.",
    ),
    "submit": (
        "automation.cli.submit:submit",
        "Send source files, folders or a range of commits to be tested.",
    ),
    "fix": (
        "automation.cli.fix:fix",
        "Have a file mended whose tests fail; what comes back was proved.",
    ),
    "results": ("automation.cli.jobs:results", "Show results; write the generated tests to a folder."),
    "jobs": ("automation.cli.job_commands:jobs", "List, show, cancel or retry jobs."),
    "batch": (
        "automation.cli.batch:batch",
        "List, show, report, cancel or retry whole submissions.",
    ),
    "queue": (
        "automation.cli.queue:queue",
        "Show each lane: what waits, what is in flight, how old the oldest is.",
    ),
    "dlq": ("automation.cli.dlq:dlq", "List, show, redrive or purge dead letters."),
    "workers": (
        "automation.cli.queue:workers",
        "Show the workers of the last hour: what they do, and which died.",
    ),
    "engines": (
        "automation.cli.engines:engines",
        "Show which engine serves which jobs, how each is, and what the memory knew.",
    ),
    "cost": ("automation.cli.cost:cost", "Estimate a plan, report what was spent, show or set the budget."),
    "prices": ("automation.cli.prices:prices", "Show the price table, or bring it up to date."),
    "simulate": (
        "automation.cli.simulate:simulate",
        "Simulate how the fleet would scale, beside other scalers.",
    ),
    "logs": ("automation.cli.logs:logs", "Show the workers' logs."),
    "protect": ("automation.cli.protect:protect", "Keep what holds data from being deleted."),
    "unprotect": ("automation.cli.protect:unprotect", "Let what holds data be deleted again."),
    "destroy": ("automation.cli.destroy:destroy", "Delete a stack and prove that nothing is left."),
    "rollback": ("automation.cli.rollback:rollback", "Deploy the last good deployment again."),
    "recover": ("automation.cli.recover:recover", "Settle what an interrupted operation left half done."),
    "unlock": (
        "automation.cli.unlock:unlock",
        "Show who holds a stack, and free it where its owner is gone.",
    ),
    "doctor": (
        "automation.cli.doctor:doctor",
        "Check this machine and its credentials, each fault with its fix.",
    ),
    "local": ("automation.cli.local:local", "Run the embedded AWS: up, down, status, logs, env."),
}
"""Name -> (module:attribute, one line). Modules are loaded when their command runs: --help stays quick."""


class LazyGroup(click.Group):
    """A group that imports a subcommand only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keep the order of the table: a life cycle, not an alphabet."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one subcommand."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands from the table, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="deployer-ddf-mod-llm-models")
def root() -> None:
    """Deploy and run a fleet that writes, runs and proves tests for your code.

    `--env local` (the default) is the whole system on this machine: the real Pulumi engine on an embedded AWS.

    Exit codes: 0 ok, 1 failed, 2 usage or config, 3 credentials, 4 locked, 5 policy, 6 no stack, 7 changes found,
    8 cancelled, 9 leftovers found.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # no name and no result is worth a crash
    try:
        code = root.main(args=given, prog_name="python -m automation", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        return _fail(
            given, Cancelled("interrupted", next_step="run the same command again", reference="cancelled")
        )
    except click.ClickException as fault:
        return _usage(given, fault)
    except BrokenPipeError:
        return ExitCode.OK
    except Exception as fault:  # noqa: BLE001 - the one boundary
        return _fail(given, _diagnostic_of(fault))
    return code if isinstance(code, int) else ExitCode.OK


def _diagnostic_of(fault: Exception) -> Diagnostic:
    """Return the diagnostic, or raise what is a mistake of ours: that needs its stack."""
    if isinstance(fault, Diagnostic):
        return fault
    from automation.cli.translation import as_diagnostic  # noqa: PLC0415 - only on the failing path

    diagnostic = as_diagnostic(fault)
    if diagnostic is None:
        raise fault
    return diagnostic


def _usage(given: Sequence[str], fault: click.ClickException) -> int:
    from automation.errors import UsageFault  # noqa: PLC0415 - only on the failing path

    command = (
        fault.ctx.command_path
        if isinstance(fault, click.UsageError) and fault.ctx
        else "python -m automation"
    )
    return _fail(given, UsageFault(fault.format_message(), next_step=f"{command} --help", reference="usage"))


def _fail(given: Sequence[str], diagnostic: Diagnostic) -> int:
    from automation.cli.console import Screen  # noqa: PLC0415 - rich is slow to load: only where something is shown

    Screen(is_json="--json" in given).fail(diagnostic)
    return diagnostic.exit_code
