"""The ``dashboard`` settings: the pages in a browser of this machine."""

from pydantic import Field

from fin_agent.composition.section import Section


class DashboardSettings(Section):
    """The dashboard's own process; it asks the API and nothing else."""

    enabled: bool = Field(
        default=False, description="`run` starts it beside itself; `fin-agent dashboard` always may"
    )
    port: int = Field(8501, ge=1, le=65535, description="on this machine only")
