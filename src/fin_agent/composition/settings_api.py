"""The ``api`` settings: where the running agent listens, and how much it answers."""

from typing import Literal

from pydantic import Field, model_validator

from fin_agent.composition.section import Section

LOOPBACK = ("", "127.0.0.1", "::1")


class ApiSettings(Section):
    """The HTTP interface of the running agent."""

    enabled: bool = Field(default=True, description="served by `run`; false: no port is opened")
    host: str = Field(
        "",
        pattern=r"^([0-9a-f.:]{2,45})?$",
        description="address to listen on; empty: this machine only; others need two keys",
    )
    port: int = Field(8420, ge=0, le=65535, description="0: a free one, named at the start")
    behind: str = Field(
        "",
        pattern=r"^([a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?(:\d{1,5})?)?$",
        description="host (and port) that a proxy with TLS answers to and passes on as Host",
    )
    i_accept_exposure: bool = Field(
        default=False, description="true: other machines may reach it, through that proxy"
    )
    docs: bool = Field(default=True, description="`/docs` and `/openapi.json`")
    requests_per_minute: int = Field(1200, ge=10, le=100_000, description="a token")
    connections: int = Field(64, ge=4, le=1024, description="open at once")
    streams: int = Field(8, ge=1, le=64, description="followers of `/v1/stream` at once")
    tokens: Literal["file", "keyring"] = Field(
        "file", description="where new tokens are kept; keyring: needs the extra `keyring`"
    )

    @model_validator(mode="after")
    def _exposure(self) -> "ApiSettings":
        if self.host in LOOPBACK:
            return self
        if not (self.i_accept_exposure and self.behind):
            raise ValueError(
                f"host {self.host} can be reached by other machines; name the proxy in behind and"
                " set i_accept_exposure: true, or leave host empty"
            )
        return self
