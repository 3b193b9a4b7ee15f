"""The bus over a real Redis, for the contract that every bus keeps."""

from pathlib import Path

from fin_agent.adapters.bus.redis import RedisEventBus
from fin_agent.adapters.bus.stream import Stream
from fin_agent.adapters.persistence.database import Database, open_database
from fin_agent.domain.delivery import DeliveryRules
from tests.contracts.bus_worlds import RULES, SetClock, SqliteWorld
from tests.contracts.redis_server import RedisServer


class RedisWorld(SqliteWorld):
    """A file and a stream of its own on a server."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        server: RedisServer,
        clock: SetClock | None = None,
    ) -> None:
        super().__init__(folder, database, clock)
        self.server = server
        self.made_buses: list[RedisEventBus] = []

    @classmethod
    async def on(
        cls, server: RedisServer, folder: Path, clock: SetClock | None = None
    ) -> "RedisWorld":
        database = await open_database(folder / "state.db", durable=True)
        return cls(folder, database, server, clock)

    def stream(self) -> Stream:
        return Stream(self.server.url, f"events-{self.folder.name}")

    async def process(
        self, owner: str = "one", epoch: int = 0, rules: DeliveryRules = RULES
    ) -> RedisEventBus:
        bus = RedisEventBus(self.office(owner, epoch, rules), self.database, self.stream())
        self.made_buses.append(bus)
        return bus

    async def close(self) -> None:
        for bus in self.made_buses:
            await bus.close()
        await super().close()
