"""A URLconf without addresses."""

urlpatterns: list[object] = []
