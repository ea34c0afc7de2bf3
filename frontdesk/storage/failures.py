"""Which database errors mean that the store is unavailable, and how that is said."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from handoff.ports import StaleVersion, StoreUnavailable

_NOTHING_WRITTEN = "这一次什么都没有写入。"

_SQLITE = {
    sqlite3.SQLITE_FULL: "数据库所在的磁盘已满，请清理空间",
    sqlite3.SQLITE_IOERR: "读写数据库文件时磁盘出错，请检查磁盘",
    sqlite3.SQLITE_BUSY: "数据库被别的程序占用太久，请稍后再试",
    sqlite3.SQLITE_LOCKED: "数据库被别的程序占用太久，请稍后再试",
    sqlite3.SQLITE_PROTOCOL: "数据库被别的程序占用太久，请稍后再试",
    sqlite3.SQLITE_CANTOPEN: "打不开数据库文件，请检查路径和权限",
    sqlite3.SQLITE_PERM: "没有读写数据库文件的权限",
    sqlite3.SQLITE_AUTH: "没有读写数据库文件的权限",
    sqlite3.SQLITE_READONLY: "数据库是只读的，不能写入",
    sqlite3.SQLITE_CORRUPT: "数据库文件已损坏，请从备份恢复",
    sqlite3.SQLITE_NOTADB: "这个文件不是数据库，请检查路径",
    sqlite3.SQLITE_NOMEM: "内存不足，数据库无法工作",
}

_POSTGRESQL = {
    "53100": "数据库所在的磁盘已满，请清理空间",
    "53200": "数据库服务器内存不足",
    "53300": "数据库连接数已满，请稍后再试",
    "55P03": "数据库被占用太久，请稍后再试",
    "57014": "数据库响应太慢，操作被取消，请稍后再试",
    "25006": "数据库是只读的，不能写入",
}
_POSTGRESQL_CLASSES = {
    "08": "与数据库的连接中断",
    "28": "数据库拒绝登录，请检查账号和密码",
    "3D": "数据库不存在，请检查名称",
    "53": "数据库服务器资源不足",
    "57": "数据库服务器正在停止或启动",
    "58": "数据库服务器的系统出错",
    "XX": "数据库内部出错，请检查服务器",
}
_COLLISIONS = {"40001", "40P01"}


def translate(error: Exception, *, opening: bool = False) -> Exception:
    """The port's own exception for `error`, or `error` itself if it is a fault of ours.

    `opening` says that no connection was there yet: then any failure means unavailable.
    """
    if isinstance(error, PoolTimeout):
        return StoreUnavailable(f"数据库太忙，等候超时，请稍后再试。{_NOTHING_WRITTEN}")
    if isinstance(error, DBAPIError):
        if _sqlstate(error) in _COLLISIONS:
            return StaleVersion("两处同时修改，请再试一次")
        reason = _sqlite_reason(error) or _postgresql_reason(error)
        if reason is None and error.connection_invalidated:
            reason = "与数据库的连接中断"
        if reason is not None:
            return StoreUnavailable(f"{reason}。{_NOTHING_WRITTEN}")
    if isinstance(error, OSError) or (opening and isinstance(error, DBAPIError)):
        return StoreUnavailable(f"连不上数据库，请检查地址和服务。{_NOTHING_WRITTEN}")
    return error


def _sqlite_reason(error: DBAPIError) -> str | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    # The low byte is the primary code; the rest tells variants of it apart.
    return _SQLITE.get(code & 0xFF) if isinstance(code, int) else None


def _sqlstate(error: DBAPIError) -> str | None:
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def _postgresql_reason(error: DBAPIError) -> str | None:
    state = _sqlstate(error)
    if state is None:
        return None
    return _POSTGRESQL.get(state) or _POSTGRESQL_CLASSES.get(state[:2])
