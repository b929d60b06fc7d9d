"""How the tests in this folder ask."""

import socket

import httpx

from tests.support.gateway_process import GatewayProcess

PNG = {"Content-Type": "image/png"}


def predict(gateway: GatewayProcess, png: bytes, **headers: str) -> httpx.Response:
    with gateway.client() as client:
        return client.post("/predict", content=png, headers=PNG | headers)


def raw_answer(gateway: GatewayProcess, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


def answers_200(gateway: GatewayProcess, png: bytes) -> bool:
    try:
        return predict(gateway, png).status_code == 200
    except httpx.TransportError:
        return False
