"""What Prometheus and Grafana are given fits the metrics, and every alarm has a remedy."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from fin_agent.adapters.metrics import PREFIX, PROBED, names
from fin_agent.composition.secrets import Secrets
from fin_agent.composition.settings_api import ApiSettings

ROOT = Path(__file__).parents[2]
PROMETHEUS = yaml.safe_load((ROOT / "ops/prometheus/prometheus.yml").read_text())
ALERTS = [
    rule
    for group in yaml.safe_load((ROOT / "ops/prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
BOARD = json.loads((ROOT / "ops/grafana/dashboards/fin-agent.json").read_text())
GRAFANA = ROOT / "ops/grafana/provisioning"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
RUNBOOKS = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
QUERIES = [t["expr"] for panel in PANELS for t in panel["targets"]]
KNOWN = names() | {"up"}
DURATION = re.compile(r"^\d+(s|m|h)$")


def selectors(query: str) -> Iterator[Any]:
    """Every metric of a query with its label matchers, as Prometheus reads it."""
    found: list[Any] = []

    def pre_visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        return True

    promql_parser.walk(promql_parser.parse(query), pre_visit)
    yield from found


@pytest.mark.parametrize("query", [*QUERIES, *(rule["expr"] for rule in ALERTS)])
def test_a_query_reads_metrics_and_labels_that_exist(query: str) -> None:
    found = list(selectors(query))

    assert found
    for selector in found:
        assert selector.name in KNOWN
        probed = PROBED.get(selector.name.removeprefix(PREFIX).removesuffix("_bucket"))
        labels = {matcher.name for matcher in selector.matchers.matchers}
        if probed is not None:
            assert labels <= {*probed.labels, *(["le"] if probed.is_histogram else [])}


def test_a_metric_that_does_not_exist_would_be_noticed() -> None:
    (selector,) = selectors("rate(fin_agent_no_such_total[5m])")

    assert selector.name not in KNOWN
    with pytest.raises(ValueError, match="parenthesis"):
        promql_parser.parse("sum(rate(x[5m])")


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alarm_is_whole(rule: dict[str, Any]) -> None:
    assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
    assert DURATION.match(rule["for"])
    assert rule["labels"] == {"severity": rule["labels"]["severity"]}
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{rule['alert'].lower()}"


def test_every_alarm_has_one_runbook_with_where_to_look_and_what_to_do() -> None:
    sections = re.split(r"^## ", RUNBOOKS, flags=re.MULTILINE)[1:]
    told = {section.split("\n", 1)[0]: section for section in sections}

    assert list(told) == [rule["alert"] for rule in ALERTS]
    for section in told.values():
        assert "\nLook: " in section
        assert "\nDo: " in section


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {selector.name for query in QUERIES for selector in selectors(query)}

    probed = {
        PREFIX + name + ("_bucket" if about.is_histogram else "") for name, about in PROBED.items()
    }
    assert probed - {f"{PREFIX}trading_state"} <= shown


def test_the_dashboard_fits_grafana() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert BOARD["uid"]
    assert BOARD["schemaVersion"] >= 39
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + dx, place["y"] + dy)
            for dx in range(place["w"])
            for dy in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in PANELS:
        assert panel["title"]
        assert {target["refId"] for target in panel["targets"]}


def test_dashboard_and_provisioning_speak_of_the_same_source() -> None:
    (source,) = yaml.safe_load((GRAFANA / "datasources/prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "dashboards/fin-agent.yml").read_text())["providers"]
    used = {(p["datasource"]["type"], p["datasource"]["uid"]) for p in PANELS}
    mounts = [volume.split(":")[1] for volume in COMPOSE["services"]["grafana"]["volumes"]]

    assert used == {("prometheus", source["uid"])}
    assert provider["options"]["path"] in mounts
    listen = next(c for c in COMPOSE["services"]["prometheus"]["command"] if "listen" in c)
    assert source["url"].endswith(listen.partition("=")[2])


def test_prometheus_asks_the_agent_where_it_is_with_a_token_that_may_only_read() -> None:
    (job,) = PROMETHEUS["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    token = Path(job["authorization"]["credentials_file"]).name
    prometheus, agent = COMPOSE["services"]["prometheus"], COMPOSE["services"]["agent"]

    assert target == f"127.0.0.1:{ApiSettings().port}"
    assert job["metrics_path"] == "/metrics"
    assert token in Secrets.model_fields
    assert "read" in token
    assert token in prometheus["secrets"]
    assert token in agent["secrets"]
    for file in PROMETHEUS["rule_files"]:
        assert (ROOT / "ops/prometheus" / file).is_file()
