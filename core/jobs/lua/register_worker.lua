-- worker, queue, slots; 0 slots says that the worker leaves.
even_when_full()
local worker, queue, slots = A[1], A[2], tonumber(A[3])
if slots > 0 then
  redis.call('ZADD', 'vl:workers', now + LEASE_S, worker)
  redis.call('HSET', 'vl:slots:' .. queue, worker, slots)
else
  redis.call('HDEL', 'vl:slots:' .. queue, worker)
end
