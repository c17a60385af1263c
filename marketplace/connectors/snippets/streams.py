"""Ways to read a topic of Kafka, a subject of NATS, a stream of RabbitMQ."""

import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from marketplace.connectors.snippets.reader import Reader, Snippet, literal


def kafka(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:  # noqa: ARG001 - one shape for all
    """Give ways to read a topic with the settings that "Make a login" saves."""
    schema, name = reader.base_schema, reader.base_name
    topic = name if schema == "_" else f"{schema}.{name}"
    python = (
        "from confluent_kafka import Consumer, KafkaException\n\n"
        'with open("emporion.properties") as lines:\n'
        '    settings = dict(line.rstrip("\\n").split("=", 1) for line in lines)\n\n'
        'consumer = Consumer({**settings, "auto.offset.reset": "earliest"})\n'
        f"consumer.subscribe([{literal(topic)}])\n"
        "try:\n"
        "    while (message := consumer.poll(30)) is not None:\n"
        "        if message.error():\n"
        "            raise KafkaException(message.error())\n"
        "        print(message.value())\n"
        "finally:\n"
        "    consumer.close()\n"
    )
    shell = f"kcat -F emporion.properties -C -t {shlex.quote(topic)} -o beginning -e"
    return (
        Snippet("kcat", "kcat", shell),
        Snippet("python", "Python (confluent-kafka)", python),
    )


def nats(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read a subject through the consumer's own durable on the stream."""
    host = config.get("public_host") or config.get("host") or "<host>"
    server = f"{'tls' if config.get('tls') else 'nats'}://{host}:{config.get('port') or 4222}"
    stream, role = reader.base_schema, reader.port_role
    inbox = f"_INBOX_{role}"
    shell = (
        f"nats --server {server} --creds emporion.creds \\\n"
        f"  --inbox-prefix {shlex.quote(inbox)} \\\n"
        f"  consumer next --count 10 {shlex.quote(stream)} {shlex.quote(role)}"
    )
    python = (
        "import asyncio\n\nimport nats\n\n\n"
        "async def main():\n"
        "    client = await nats.connect(\n"
        f'        "{server}",\n'
        '        user_credentials="emporion.creds",\n'
        f'        inbox_prefix="{inbox}",\n'
        "    )\n"
        "    reader = await client.jetstream().pull_subscribe_bind(\n"
        f'        "{role}",\n'
        f"        stream={literal(stream)},\n"
        f'        inbox_prefix=b"{inbox}.",\n'
        "    )\n"
        "    for message in await reader.fetch(10, timeout=10):\n"
        "        print(message.subject, message.data.decode())\n"
        "        await message.ack()\n"
        "    await client.close()\n\n\n"
        "asyncio.run(main())\n"
    )
    return (Snippet("nats", "nats", shell), Snippet("python", "Python (nats-py[nkeys])", python))


def rabbitmq(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give a way to read a stream queue from its first message."""
    host = config.get("public_host") or config.get("host") or "<host>"
    tls = bool(config.get("tls"))
    port = config.get("port") or (5671 if tls else 5672)
    vhost = quote(str(config.get("vhost") or "/"), safe="")
    queue = f"{reader.base_schema}.{reader.base_name}"
    address = f"{host}:{port}/{vhost}"
    python = (
        "import getpass\nfrom urllib.parse import quote\n\nimport pika\n\n"
        'password = quote(getpass.getpass(), safe="")\n'
        "connection = pika.BlockingConnection(\n"
        f'    pika.URLParameters(f"{"amqps" if tls else "amqp"}://{reader.user}'
        f':{{password}}@{address}")\n'
        ")\n"
        "channel = connection.channel()\n"
        "channel.basic_qos(prefetch_count=100)\n"
        "messages = channel.consume(\n"
        f'    {literal(queue)}, arguments={{"x-stream-offset": "first"}}, inactivity_timeout=10\n'
        ")\n"
        "for method, properties, body in messages:\n"
        "    if method is None:\n"
        "        break\n"
        "    print(body)\n"
        "    channel.basic_ack(method.delivery_tag)\n"
        "connection.close()\n"
    )
    return (Snippet("python", "Python (pika)", python),)
