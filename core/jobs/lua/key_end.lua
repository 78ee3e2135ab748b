-- idempotency key, owner. Frees a key without a job.
local name, owner = A[1], A[2]
if redis.call('HGET', name, 'owner') == owner and redis.call('HEXISTS', name, 'job') == 0 then
  redis.call('DEL', name)
end
return 1
