"""The document of ``doctor`` and of the API's examination."""

from fin_agent.composition.doctor import Examination
from fin_agent.composition.findings import Level
from fin_agent.entrypoints.documents.values import Document


def doctor_document(found: Examination) -> Document:
    """Every finding, the capability matrix with each answer, and the grade in reach."""
    within = found.reach
    return {
        "ok": found.count(Level.FAIL) == 0,
        "counts": {level.value: found.count(level) for level in Level},
        "findings": [
            {
                "check": finding.check,
                "level": finding.level.value,
                "detail": finding.detail,
                "remedy": finding.remedy or None,
                "cause": finding.cause.value,
                "blocks": finding.blocks,
            }
            for finding in found.findings
        ],
        "providers": [
            {
                "provider": probe.provider,
                "capability": probe.capability,
                "works": probe.works,
                "detail": probe.detail,
            }
            for probe in found.probes
        ],
        "evidence": None
        if within is None
        else {
            "grade": within.grade.value,
            "coverage": within.coverage,
            "lacking": dict(within.lacking),
            "degraded": list(within.degraded),
        },
    }
