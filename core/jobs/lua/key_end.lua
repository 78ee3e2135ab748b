-- idempotency key, who asked. Without a job the key is free again.
local name, owner = A[1], A[2]
if redis.call('HGET', name, 'owner') == owner and redis.call('HEXISTS', name, 'job') == 0 then
  redis.call('DEL', name)
end
return 1
