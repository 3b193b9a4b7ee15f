"""How an attempt fails, before it becomes one of the domain's errors."""


class Failure(Exception):
    """One attempt that brought no answer; the text goes on from "finnhub ...".

    ``is_transient``: asking again may help. ``retry_after_s``: the provider asks for this pause.
    ``is_refusal``: the provider said no and will say so again. ``may_be_done``: the request may
    have been carried out although no answer came.
    """

    def __init__(
        self,
        reason: str,
        *,
        is_transient: bool = False,
        retry_after_s: float | None = None,
        is_refusal: bool = False,
        may_be_done: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_transient = is_transient
        self.retry_after_s = retry_after_s
        self.is_refusal = is_refusal
        self.may_be_done = may_be_done

    @property
    def category(self) -> str:
        """The reason without its particulars: what failures are counted by."""
        return self.reason.split("(")[0].split(":")[0].strip()

    @property
    def is_outage(self) -> bool:
        """Whether it counts against the provider: refusals and pauses it asks for do not."""
        return not self.is_refusal and self.retry_after_s is None
