"""What a worker is given to work on, and what it works with, stays out of its logs."""

import json
from uuid import uuid4

import boto3
import pytest

from tests.worker.processes.fleet import CREDENTIALS as BOOTSTRAP
from tests.worker.processes.fleet import Fleet
from worker.runtime.telemetry import LONGEST_QUOTE

pytestmark = pytest.mark.slow

MARK = "ZANZIBAR_SECRET_FORMULA"
PYTHON = {
    "served": f"""# {MARK}
import os, sys
print("{MARK}", dict(os.environ))
print("{MARK}", file=sys.stderr)
{MARK} = 3

def price(pieces):
    \'\'\'{MARK}\'\'\'
    print("{MARK}", pieces)
    if pieces > 10:
        return pieces * {MARK}
    return pieces
""",
    "environment": f"import os\nraise ValueError('no' + chr(10) + '{MARK}' + str(dict(os.environ)))\n",
    "unparsable": f"x = '{MARK}'\ndef f(:\n    return '{MARK}'\n",
    "killed": f"import os\n{MARK} = 1\nos.kill(os.getpid(), 9)\n",
    "nothing": f"{MARK} = 1\n",
    "shouting": f"raise ValueError('{MARK[:3]}' + 'x' * 5000)\n",
}
JAVASCRIPT = {
    "js-served": f"function price(n) {{ console.log('{MARK}', process.env); return n > 3 ? '{MARK}' : n; }}",
    "js-unparsable": f"function f( {{ return '{MARK}' }}",
    "js-throwing": f"throw new Error('no\\n{MARK}' + JSON.stringify(process.env))",
}


def opened_session(endpoint: str) -> dict[str, str]:
    """Have AWS make credentials, for a role that may do everything: nobody else's are let in."""
    iam, sts = (boto3.client(name, endpoint_url=endpoint, **BOOTSTRAP) for name in ("iam", "sts"))
    name = f"discretion-{uuid4().hex[:8]}"
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(may))
    opened = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="worker")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": opened["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": opened["SecretAccessKey"],
        "AWS_SESSION_TOKEN": opened["SessionToken"],
    }


def bodies() -> list[str]:
    served = [
        {"type": "test", "job_id": name, "code": code, "language": language}
        for language, codes in (("python", PYTHON), ("javascript", JAVASCRIPT))
        for name, code in codes.items()
    ]
    refused = [
        {"type": "test", "job_id": "cobol", "code": MARK, "language": "cobol"},
        {"type": "test", "job_id": "odd", "code": f"{MARK}\x00", "language": "python", "seed": MARK},
    ]
    broken = [f'{{"type": "test", "code": "{MARK}', f'["{MARK}"]']
    return [*(json.dumps(fields) for fields in (*served, *refused)), *broken]


def test_neither_code_nor_credentials_reach_the_logs(cloud, tmp_path):
    credentials = opened_session(cloud)
    fleet = Fleet(endpoint=cloud, folder=tmp_path, module="worker", more_env=credentials)
    try:
        fleet.send(bodies())
        worker = fleet.start_worker(job_budget_seconds=1, log_level="DEBUG", visibility_timeout_seconds=30)
        fleet.wait_until(lambda: fleet.depth() == (0, 0), seconds=120)
        assert fleet.stop(worker) == 0
        log = (tmp_path / "w0.log").read_text()
        ends = {line["job_id"]: line for line in fleet.log_of(0) if line["event"] == "attempt ended"}
        assert {*PYTHON, *JAVASCRIPT, "cobol", "odd"} <= ends.keys()
        assert ends["served"]["end"] == "proved"
        for secret in (MARK, *credentials.values()):
            assert secret not in log
        assert max(len(line["explanation"]) for line in ends.values()) <= LONGEST_QUOTE + 1
        results = json.dumps([fleet.result(name) for name in ends])
        assert all(secret not in results for secret in credentials.values())
    finally:
        fleet.close()
