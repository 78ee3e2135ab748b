-- idempotency key, who asked. Without a job the key is free again.
local key, owner = A[1], A[2]
if redis.call('HGET', key, 'owner') == owner and redis.call('HEXISTS', key, 'job') == 0 then redis.call('DEL', key) end
return 1
