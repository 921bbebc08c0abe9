def names(connection):
    return connection.execute("SELECT id, name FROM users ORDER BY name").fetchall()
