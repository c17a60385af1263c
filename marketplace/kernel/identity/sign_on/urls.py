"""Where a sign-in with the provider begins and ends: the addresses and names of allauth's own."""

from django.urls import path

from marketplace.kernel.identity.sign_on import views

urlpatterns = [
    path("oidc/<str:provider_id>/login/", views.login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", views.callback, name="openid_connect_callback"),
]
