"""What connectors of SQL platforms share: least plan, proof, idle connections, running a step.

Pure of any driver: a connector gives its own words (`planning.Words`) and its own sessions.
"""
