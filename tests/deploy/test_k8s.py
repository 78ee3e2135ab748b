"""deploy/k8s: every overlay is valid, hardened and consistent."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.support.kustomized import Manifest, pod, rendered

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"
VERSION = "1.33"

# The fields used here, as KEDA 2 defines them: https://keda.sh/docs/latest/reference/scaledobject-spec/
SCALED_OBJECT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["scaleTargetRef", "triggers"],
    "properties": {
        "scaleTargetRef": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "minReplicaCount": {"type": "integer", "minimum": 0},
        "maxReplicaCount": {"type": "integer", "minimum": 1},
        "pollingInterval": {"type": "integer"},
        "cooldownPeriod": {"type": "integer"},
        "advanced": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "horizontalPodAutoscalerConfig": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"behavior": {"type": "object"}},
                }
            },
        },
        "triggers": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type", "metadata"],
                "properties": {
                    "type": {"const": "prometheus"},
                    "metadata": {
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                        "required": ["serverAddress", "query", "threshold"],
                    },
                },
            },
        },
    },
}


@pytest.fixture(scope="module", params=["base", "overlays/small", "overlays/gpu"])
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    return rendered(K8S / request.param)


def named(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    return {manifest["metadata"]["name"]: manifest for manifest in manifests if manifest["kind"] == kind}


def pods(manifests: list[Manifest]) -> dict[str, Any]:
    return {manifest["metadata"]["name"]: pod(manifest) for manifest in manifests if pod(manifest)}


def test_every_manifest_is_valid(manifests: list[Manifest]) -> None:
    for manifest in manifests:
        if manifest["kind"] == "ScaledObject":
            jsonschema.validate(manifest["spec"], SCALED_OBJECT)
            behaviour = manifest["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
            spec = {"scaleTargetRef": {"kind": "Deployment", "name": "x"}, "maxReplicas": 1, "behavior": behaviour}
            scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "x"}}
            kubernetes_validate.validate({**scaler, "spec": spec}, VERSION, strict=True)
        else:
            kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_every_pod_has_minimal_privileges(manifests: list[Manifest]) -> None:
    for name, spec in pods(manifests).items():
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["readOnlyRootFilesystem"] is True, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert "livenessProbe" in container, name
            assert "memory" in container["resources"]["limits"], name
            assert ":" in container["image"], name


def test_workers_have_time_to_drain(manifests: list[Manifest]) -> None:
    from worker.resident import DRAIN_WITHIN_S

    for name, spec in pods(manifests).items():
        if name.startswith("worker"):
            assert spec["terminationGracePeriodSeconds"] >= DRAIN_WITHIN_S + 20, name


def test_every_named_object_exists(manifests: list[Manifest]) -> None:
    workloads = {**named(manifests, "Deployment"), **named(manifests, "StatefulSet")}
    priorities, configs = named(manifests, "PriorityClass"), named(manifests, "ConfigMap")
    for name, manifest in workloads.items():
        spec = pod(manifest)
        labels = manifest["spec"]["template"]["metadata"]["labels"]
        assert manifest["spec"]["selector"]["matchLabels"].items() <= labels.items(), name
        assert spec["priorityClassName"] in priorities, name
        claims = manifest["spec"].get("volumeClaimTemplates", [])
        volumes = {*(volume["name"] for volume in spec["volumes"]), *(claim["metadata"]["name"] for claim in claims)}
        for container in spec["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes, name
            assert {source["configMapRef"]["name"] for source in container.get("envFrom", [])} <= configs.keys(), name
    apps = set(workloads)
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        for name, manifest in named(manifests, kind).items():
            selector = manifest["spec"].get("selector", manifest["spec"].get("podSelector"))
            assert _apps(selector) <= apps, (kind, name)
    for name, manifest in named(manifests, "ScaledObject").items():
        assert manifest["spec"]["scaleTargetRef"]["name"] in apps, name
        assert "replicas" not in workloads[name]["spec"], "KEDA decides"
        query = manifest["spec"]["triggers"][0]["metadata"]["query"]
        assert "voicelift_queue_depth" in query, name
        assert "voicelift_queue_in_flight" in query, name


def _apps(selector: dict[str, Any]) -> set[str]:
    labels = {selector["app"]} if "app" in selector else set()
    labels |= {selector["matchLabels"]["app"]} if "matchLabels" in selector else set()
    return labels | {name for rule in selector.get("matchExpressions", []) for name in rule["values"]}


def test_traffic_is_denied_by_default(manifests: list[Manifest]) -> None:
    default = named(manifests, "NetworkPolicy")["nothing"]["spec"]
    assert default == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_proxy_probe_does_not_depend_on_the_api(manifests: list[Manifest]) -> None:
    (container,) = pods(manifests)["proxy"]["containers"]
    path = container["livenessProbe"]["httpGet"]["path"]
    (generated,) = (name for name in named(manifests, "ConfigMap") if name.startswith("proxy-"))
    config = named(manifests, "ConfigMap")[generated]["data"]["nginx.conf"]
    assert config == (ROOT / "deploy" / "nginx" / "nginx.conf").read_text()
    assert generated in str(pods(manifests)["proxy"]["volumes"]), "a changed file has another name, so pods restart"
    assert re.search(rf"location = {re.escape(path)} {{[^}}]*return 204;", config), "nginx responds without the API"


def test_clients_can_reach_the_redirect_targets() -> None:
    """Downloads and uploads are presigned URLs, so the S3 server of a small cluster is as open as the proxy."""
    policies = named(rendered(K8S / "overlays" / "small"), "NetworkPolicy")
    assert policies["proxy"]["spec"]["ingress"] == [{"ports": [{"port": "http"}]}]
    assert policies["s3"]["spec"]["ingress"] == [{"ports": [{"port": "s3"}]}]


def test_gpu_workers_request_a_gpu() -> None:
    (container,) = pods(rendered(K8S / "overlays" / "gpu"))["worker-gpu"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert container["resources"]["limits"]["memory"] == "8Gi", "merged, not replaced"
    assert {"name": "VOICELIFT_DEVICE", "value": "cuda"} in container["env"]
    (container,) = pods(rendered(K8S / "overlays" / "small"))["worker-gpu"]["containers"]
    assert container["image"].startswith("voicelift-worker-gpu-on-cpu:")


def test_images_are_those_of_compose() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    images = {service["image"] for service in compose["services"].values()}
    for overlay in ("small", "gpu"):
        used = {spec["containers"][0]["image"] for spec in pods(rendered(K8S / "overlays" / overlay)).values()}
        assert used <= images
