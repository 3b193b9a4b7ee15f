"""What every part of the settings tree is made of."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen part of the tree; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
