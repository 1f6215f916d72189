import Foundation

private let decoder = JSONDecoder()

func decodeItems<Item: Decodable>(_: Item.Type, _ body: [UInt8]) throws -> [Item] {
  try decoder.decode([Item].self, from: Data(body))
}
