"""The API of SQL statements: submitted, waited for, fetched, cancelled, listed."""

import threading
import uuid
from typing import Any

from tests.connectors.databricks.dialect import (
    Failed,
)
from tests.connectors.databricks.running import Runs
from tests.connectors.databricks.workspace import ADMIN, OURS, SCIM, SHOWN, Job, Refused


class Submits(Runs):
    """Statements on their way."""

    def _statements(self, method: str, parts: list[str], who: str, body: Any) -> dict[str, Any]:
        if method == "POST" and not parts:
            return self._submit(who, body)
        job = self.jobs.get(parts[0])
        if self.forgets and method == "GET":
            self.forgets -= 1
            self.jobs.pop(parts[0])
            job = None
        if job is None:
            raise Refused(404, "NOT_FOUND", "no such statement")
        if parts[1:] == ["cancel"] and method == "POST":
            job.stopped.set()
            return {}
        return job.said

    def _submit(self, who: str, body: Any) -> dict[str, Any]:
        held = self.ask("GET", f"/api/2.0/permissions/warehouses/{body['warehouse_id']}")
        users = [one.get("service_principal_name") for one in held["access_control_list"]]
        if who not in {OURS, ADMIN} and who not in users:
            raise Refused(403, "PERMISSION_DENIED", f"{who} may not use this warehouse")
        sql = body["statement"]
        for one in body.get("parameters", []):
            sql = sql.replace(f":{one['name']}", "'" + one["value"].replace("'", "\\'") + "'")
        number, job = str(uuid.uuid4()), Job(who, sql)
        self.jobs[number] = job
        self.log.append(f"-- {'provisioner' if who == OURS else 'consumer'}\n{sql}\n")
        job.said = {"statement_id": number, "status": {"state": "RUNNING"}}
        if self.slow and self.slow in sql:
            threading.Thread(target=self._slowly, args=(number, job), daemon=True).start()
            return dict(job.said)
        job.said = self._outcome(number, who, sql, body)
        if body.get("wait_timeout") == "0s":
            return {"statement_id": number, "status": {"state": "PENDING"}}
        return job.said

    def _slowly(self, number: str, job: Job) -> None:
        job.stopped.wait(60)
        job.said = {"statement_id": number, "status": {"state": "CANCELED"}}

    def _outcome(self, number: str, who: str, sql: str, body: Any) -> dict[str, Any]:
        try:
            said = self.execute(who, sql, body.get("catalog", ""))
        except Failed as failed:
            error = {"error_code": "BAD_REQUEST", "message": str(failed)}
            return {"statement_id": number, "status": {"state": "FAILED", "error": error}}
        columns = [
            {"name": one["name"], "type_name": SHOWN.get(one["type_name"], one["type_name"])}
            for one in ((said.get("manifest") or {}).get("schema") or {}).get("columns", [])
        ]
        every = (said.get("result") or {}).get("data_array") or []
        rows, left = [], body.get("byte_limit", 1 << 30)
        for row in every[: body.get("row_limit")]:
            rows.append([_cell(cell) for cell in row])
            left -= sum(len(cell) for cell in rows[-1] if cell is not None)
            if left < 0:
                rows.pop()
                break
        return {
            "statement_id": number,
            "status": {"state": "SUCCEEDED"},
            "manifest": {"schema": {"columns": columns}, "truncated": len(rows) < len(every)},
            "result": {"data_array": rows},
        }

    def _running(self, query: dict[str, list[str]]) -> list[dict[str, str]]:
        ids = query.get("filter_by.user_ids", [])
        who = {self.ask("GET", f"{SCIM}/ServicePrincipals/{one}")["applicationId"] for one in ids}
        return [
            {"query_id": number}
            for number, job in self.jobs.items()
            if job.who in who and job.said["status"]["state"] == "RUNNING"
        ]


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
