"""The person's acknowledgement from the command line, with a running agent or without one."""

import asyncio
from collections.abc import Sequence

from fin_agent.adapters.acknowledgements import AckFolder
from fin_agent.adapters.persistence.log_reader import reading
from fin_agent.adapters.persistence.notices import unheard_in
from fin_agent.composition.bootstrap import App
from fin_agent.composition.kill_switch import control_folder
from fin_agent.composition.maintenance import state_path
from fin_agent.composition.person import recorded, running
from fin_agent.domain.errors import Unavailable
from fin_agent.domain.notice import Notice, NoticesAcknowledged

_LOOK_S = 0.05
_PATIENCE_S = 15.0


async def acknowledged(app: App) -> Sequence[Notice]:
    """Acknowledge every critical notice; those that nobody had acknowledged before.

    Raises:
        Unavailable: the running agent does not take it up.
    """
    path = state_path(app)
    if not path.is_file():
        return []
    async with reading(path) as reader:
        found = await unheard_in(reader)
    if not found:
        return []
    now, holder = app.clock.now(), running(app)
    if holder is None:
        await recorded(app, NoticesAcknowledged("person"), lambda w: w.acknowledge_notices(now))
        return found
    left = AckFolder(control_folder(app.data_dir)).leave(now)
    for _ in range(int(_PATIENCE_S / _LOOK_S)):
        if not left.exists():
            return found
        await asyncio.sleep(_LOOK_S)
    left.unlink(missing_ok=True)
    raise Unavailable(f"{holder} did not hear it within {_PATIENCE_S:g} s; see fin-agent status")
