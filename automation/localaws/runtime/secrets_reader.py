"""SecretStores over boto3: SSM parameters and Secrets Manager."""

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.environment import SecretStores, SecretUnavailable


def boto_secret_stores(clients: Clients) -> SecretStores:
    """Return stores that read from the embedded AWS."""

    def read_parameter(name: str) -> str:
        bare = name.split(":parameter", 1)[-1] if name.startswith("arn:") else name
        try:
            answer = clients.get("ssm").get_parameter(Name=bare, WithDecryption=True)
        except (BotoCoreError, ClientError) as fault:
            raise SecretUnavailable(f"SSM parameter {name}: {fault}") from fault
        return str(answer["Parameter"]["Value"])

    def read_secret(arn: str) -> str:
        try:
            answer = clients.get("secretsmanager").get_secret_value(SecretId=arn)
        except (BotoCoreError, ClientError) as fault:
            raise SecretUnavailable(f"secret {arn}: {fault}") from fault
        return str(answer["SecretString"])

    return SecretStores(read_parameter=read_parameter, read_secret=read_secret)
