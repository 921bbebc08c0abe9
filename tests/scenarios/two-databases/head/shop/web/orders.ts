export const orders = (db) => db.from('orders').select('id, state');
