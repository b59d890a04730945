"""Puts the smallest message on the queue with nothing but boto3, and prints its id: the job's id, too."""

import json

import boto3

sqs = boto3.client("sqs")
url = sqs.get_queue_url(QueueName="deployer-ddf-mod-llm-models-local-queue")["QueueUrl"]
body = {"type": "test", "code": "function add(a,b){return a+b;}", "language": "javascript"}
print(sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))["MessageId"])  # noqa: T201 - its output is the id
