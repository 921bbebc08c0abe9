module.exports = (pool) => pool.query('SELECT id, total, legacy_total, legacy_note FROM orders');
