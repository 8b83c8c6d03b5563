"""A client of MTD's WhatsApp API in Python, as its customers write them: one-time codes, then an order."""

import os
import random
import string
import time

import requests

API_KEY = os.environ["KEY"]
BASE_URL = os.environ["BASE"]
SESSION_ID = os.environ["SESSION"]

HEADERS = {
    "X-API-KEY": API_KEY,
    "User-Agent": "OTPService/1.0",
    "Referer": "https://myapp.com",
    "Content-Type": "application/json",
}

_otp_store = {}


def generate_otp(length=6) -> str:
    return "".join(random.choices(string.digits, k=length))


def send_whatsapp_otp(phone: str, country: str) -> dict:
    otp = generate_otp()
    expires_at = time.time() + 300
    message = (
        f"🔐 *MTD App Verification*\n\n"
        f"Your one-time code is: *{otp}*\n\n"
        f"This code expires in 5 minutes.\n"
        f"Do not share this code with anyone."
    )
    response = requests.post(
        f"{BASE_URL}/api/whatsapp/send",
        json={"session_id": SESSION_ID, "to": phone, "country": country, "message": message},
        headers=HEADERS,
        timeout=30,
    )
    data = response.json()
    if data.get("success"):
        normalised = data["to"]
        _otp_store[normalised] = {"otp": otp, "expires_at": expires_at}
        print(f"[OTP] Sent to {normalised}. Credits left: {data['credits_remaining']}")
        return {"success": True, "to": normalised}
    print(f"[OTP] Failed: {data.get('message')}")
    return {"success": False, "error": data.get("message")}


def verify_otp(phone_e164: str, submitted_code: str) -> bool:
    record = _otp_store.get(phone_e164)
    if not record:
        return False
    if time.time() > record["expires_at"]:
        del _otp_store[phone_e164]
        return False
    if record["otp"] == submitted_code:
        del _otp_store[phone_e164]
        return True
    return False


def is_session_alive(session_id: str) -> bool:
    resp = requests.get(
        f"{BASE_URL}/api/whatsapp/status/{session_id}",
        headers=HEADERS,
        timeout=15,
    )
    data = resp.json()
    return data.get("connected", False)


def notify_order(customer_phone: str, country: str, order: dict) -> bool:
    if not is_session_alive(SESSION_ID):
        print("[WhatsApp] Session not connected. Message not sent.")
        return False
    message = (
        f"Hey {order['name']}! 👋\n\n"
        f"✅ Your *Standby* order #{order['id']} has been confirmed.\n\n"
        f"📦 Items: {order['items']}\n"
        f"💳 Total: R{order['total']:.2f}\n"
        f"🚚 Estimated delivery: {order['eta']}\n\n"
        f"Reply *HELP* if you need assistance."
    )
    resp = requests.post(
        f"{BASE_URL}/api/whatsapp/send",
        json={"session_id": SESSION_ID, "to": customer_phone, "country": country, "message": message},
        headers=HEADERS,
        timeout=30,
    )
    data = resp.json()
    if data.get("success"):
        print(f"[WhatsApp] Notification sent to {data['to']}")
        return True
    print(f"[WhatsApp] Send failed: {data.get('message')}")
    return False


result = send_whatsapp_otp(os.environ["TO"], "ZA")
if result["success"]:
    stored = _otp_store[result["to"]]["otp"]
    print("verified" if verify_otp(result["to"], stored) else "not verified")

order = {
    "id": "ORD-20240601-0042",
    "name": "Sipho",
    "items": "Black Oversized Hoodie x1, Cargo Pants x2",
    "total": 849.00,
    "eta": "2–3 business days",
}
notify_order(os.environ["TO"], "ZA", order)
send_whatsapp_otp(os.environ["NOWHERE"], "ZA")
