"""Whoever is told: partners, and n8n as one more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from data.delivery import N8N
from data.partner_health import Health
from data.partners import Partner, PartnerStatus
from data.secret import Secret
from webhooks.body import Form

N8N_PATH = "/payment-webhook"
PARTNER_ID = "X-Partner-Id"

UNKNOWN_PARTNER = "The partner is not known"
UNKNOWN_SECRET = "The partner's secret is not known"  # noqa: S105 - says that there is none
NO_N8N = "N8N_WEBHOOK_URL is not set"


@dataclass(frozen=True, slots=True)
class Subscriber:
    id: UUID
    url: str
    secrets: tuple[Secret, ...] = ()
    """The one that counts now, then those it has replaced lately."""

    @property
    def is_n8n(self) -> bool:
        return self.id == N8N

    def headers(self) -> dict[str, str]:
        return {} if self.is_n8n else {PARTNER_ID: str(self.id)}


def form_of(partner: Partner) -> Form:
    return Form.V2 if partner.api_version.strip().lower() == Form.V2 else Form.V1


def kept_back(partner: Partner | None) -> str | None:
    """Why nothing goes to this partner now."""
    if partner is None:
        return UNKNOWN_PARTNER
    if partner.status is not PartnerStatus.ACTIVE:
        return f"The partner is {partner.status.lower()}"
    return UNKNOWN_SECRET if partner.secret is None else None


def stopped(health: Health | None, url: str) -> str | None:
    """Why nothing goes to this receiver now; another URL than the one that failed is another receiver."""
    if health is None or health.stopped_at is None or health.stopped_url != url:
        return None
    return health.stopped_because


@dataclass(frozen=True, slots=True)
class Subscribers:
    """All that is known of some subscribers at one moment."""

    partners: Mapping[UUID, Partner]
    n8n_url: str | None
    health: Mapping[UUID, Health]
    old_secrets: Mapping[UUID, Sequence[Secret]]

    def kept_back(self, id_: UUID) -> str | None:
        """Why nothing goes to this subscriber now."""
        if id_ == N8N:
            return NO_N8N if self.n8n_url is None else stopped(self.health.get(id_), self._url(id_))
        return kept_back(self.partners.get(id_)) or stopped(self.health.get(id_), self._url(id_))

    def may_probe(self, id_: UUID) -> bool:
        """Whether nothing but its failures keeps deliveries back."""
        return self.n8n_url is not None if id_ == N8N else kept_back(self.partners.get(id_)) is None

    def subscriber(self, id_: UUID) -> Subscriber:
        """Of one that is not kept back, or may be probed."""
        if id_ == N8N:
            return Subscriber(id_, self._url(id_))
        secret = self.partners[id_].secret
        assert secret is not None, "nothing is sent to a partner whose secret is not known"
        old = [one for one in self.old_secrets.get(id_, ()) if one != secret]
        return Subscriber(id_, self._url(id_), (secret, *old))

    def _url(self, id_: UUID) -> str:
        return f"{self.n8n_url}{N8N_PATH}" if id_ == N8N else self.partners[id_].webhook_url
