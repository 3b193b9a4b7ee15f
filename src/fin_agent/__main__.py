"""``python -m fin_agent`` and the ``fin-agent`` command."""

from fin_agent.entrypoints.cli.main import run


def main() -> None:
    """Run the command line."""
    run()


if __name__ == "__main__":
    main()
