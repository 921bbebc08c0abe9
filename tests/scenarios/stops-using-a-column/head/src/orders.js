module.exports = (pool) => pool.query('SELECT id, total FROM orders');
