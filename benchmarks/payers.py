"""Payers, played by wrk: each checkout that is opened is verified next."""

import json
import subprocess
import tempfile
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.contenders import Running
from benchmarks.load import CONNECTIONS
from benchmarks.ours import TOKEN

SELECTED = "payment { id status amount { amount currency } }"
CHECKOUT = f"""mutation Checkout($input: CheckoutInput!) {{ checkout(input: $input) {{
  ... on CheckoutSuccess {{ created clientSecret {SELECTED} }} ... on UserError {{ message }} }} }}"""
VERIFY = f"""mutation Verify($id: ID!) {{ verifyPayment(input: {{paymentId: $id}}) {{
  ... on VerifyPaymentSuccess {{ changed {SELECTED} }} ... on UserError {{ message }} }} }}"""


def pay_once(server: Running) -> None:
    """A payment, by itself. Exits where it does not succeed."""
    opened = _asked(server, CHECKOUT, {"input": _input(str(uuid4()), str(uuid4()))})
    verified = _asked(server, VERIFY, {"id": opened["checkout"]["payment"]["id"]})
    assert verified["verifyPayment"]["payment"]["status"] == "SUCCEEDED", verified


def _asked(server: Running, text: str, variables: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(server.url, json={"query": text, "variables": variables}, headers=headers, timeout=30)
    return answer.json()["data"]


def _input(reservation: str, key: str) -> dict[str, Any]:
    return {
        "amount": {"amount": "25.50", "currency": "USD"},
        "reservationId": reservation,
        "userId": "00000000-0000-7000-8000-000000000001",
        "payer": {"email": "ana@example.com", "name": "Ana"},
        "description": "A table for two",
        "metadata": {"table": 4},
        "successUrl": "https://example.com/paid",
        "cancelUrl": "https://example.com/back",
        "idempotencyKey": key,
    }


def paid(server: Running, seconds: int) -> float:
    """Payments a second, by wrk: whatever was opened is verified next."""
    began = json.dumps({"query": CHECKOUT, "variables": {"input": _input("RESERVATION", "KEY")}})
    verify = json.dumps({"query": VERIFY, "variables": {"id": "PAYMENT"}})
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_LUA % {"authorization": json.dumps(f"Bearer {TOKEN}"), "checkout": began, "verify": verify})
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--timeout", "10", "-s", script.name, server.url]
        said = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = dict(line.split("=") for line in said.stdout.splitlines() if line.startswith("bench_"))
    if said.stderr or not figures:
        raise RuntimeError(f"wrk: {said.stderr or said.stdout}")
    return float(figures["bench_verified"]) / float(figures["bench_seconds"])


_LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = %(authorization)s
local checkout, verify = [==[%(checkout)s]==], [==[%(verify)s]==]
local opened, threads = {}, {}
verified, made, failed = 0, 0, ""
function setup(thread) table.insert(threads, thread) end
function init(args) math.randomseed(tonumber(tostring({}):sub(8), 16) %% 2147483647) end
local function name()
  made = made + 1
  return string.format("%%08x-0000-4000-8000-%%04x%%08x", math.random(0, 2147483647), made %% 65536,
    math.random(0, 2147483647))
end
function request()
  local id = table.remove(opened, 1)
  if id then return wrk.format(nil, nil, nil, (verify:gsub("PAYMENT", id))) end
  return wrk.format(nil, nil, nil, (checkout:gsub("RESERVATION", name()):gsub("KEY", name())))
end
function response(status, headers, body)
  if status ~= 200 or body:find('"errors"', 1, true) or body:find('"message"', 1, true) then
    error("a request failed: " .. body:sub(1, 300))
  end
  if body:find('"created":true', 1, true) then
    table.insert(opened, body:match('"id":"([^"]*)"'))
  elseif body:find('"changed":true', 1, true) and body:find('"SUCCEEDED"', 1, true) then
    verified = verified + 1
  else
    error("neither opened nor paid: " .. body:sub(1, 300))
  end
end
function done(summary, latency, requests)
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get("verified") end
  io.write("bench_verified=" .. sum .. "\\nbench_seconds=" .. summary.duration / 1e6 .. "\\n")
end
"""
