def names(connection):
    return connection.execute("SELECT id, full_name FROM users ORDER BY full_name").fetchall()
