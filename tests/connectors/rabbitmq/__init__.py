"""RabbitMQ, the real server."""
