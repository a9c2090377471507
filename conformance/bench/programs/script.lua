-- What glua runs: recursion, tables, strings, closures.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

local function sieve(n)
  local composite, primes = {}, {}
  for i = 2, n do
    if not composite[i] then
      primes[#primes + 1] = i
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return primes
end

local function words(n)
  local count, seed = {}, 42
  for _ = 1, n do
    seed = (seed * 1103515245 + 12345) % 2147483648
    local word = string.format("w%d", seed % 5000)
    count[word] = (count[word] or 0) + 1
  end
  local list = {}
  for word, times in pairs(count) do list[#list + 1] = { word = word, times = times } end
  table.sort(list, function(a, b)
    if a.times ~= b.times then return a.times > b.times end
    return a.word < b.word
  end)
  return list
end

print(fib(30))
local primes = sieve(1000000)
print(#primes, primes[#primes])
local list = words(1000000)
for i = 1, 5 do print(list[i].word, list[i].times) end
local length = 0
for i = 1, 300000 do length = length + #(tostring(i):rep(2):reverse() .. ",") end
print(length)
