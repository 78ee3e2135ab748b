-- worker, queue, slots, its model or ''; 0 slots deregisters the worker.
even_when_full()
local worker, queue, count, model = A[1], A[2], tonumber(A[3]), A[4]
if count > 0 then
  redis.call('ZADD', key('workers'), now + LEASE_S, worker)
  redis.call('HSET', key('slots', queue), worker, count)
  if model ~= '' then
    redis.call('HSET', key('worker_models'), worker, model)
    redis.call('ZADD', key('models'), now, model)
  end
else
  redis.call('HDEL', key('slots', queue), worker)
end
