"""Amazon Web Services (extra `aws`): what the connectors of S3 and Kinesis share.

A consumer is an IAM role per port variant, which only the marketplace may assume, by a word that is
derived from its secret. What may be read stands in one managed policy per port variant (the
handle), *membership* is that policy attached to the role, and *entitlement* is the role's trust
policy together with its mark: a policy that only denies, among others everything from the agreed
end on. So access ends inside AWS, at the second, also for sessions that are open, with no worker of
ours running; a revoke denies everything to older sessions before the role goes.

Every call is checked against the service's own model and AWS's quotas before it leaves (`strict`).
Evidence is labelled `simulated` whenever an `endpoint` is configured, because that is no AWS.
"""
