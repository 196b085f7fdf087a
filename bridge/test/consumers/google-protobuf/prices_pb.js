// The static code for prices.proto, committed because protoc's generator for JavaScript cannot be had without downloading
// a binary. Made by protoc 3.20.1, the last with that generator: protoc --js_out=import_style=commonjs,binary:.
// prices.proto. Its comments, and `toObject`, which no consumer uses, are left out.
var jspb = require('google-protobuf');
var goog = jspb;
var global = (function() { return this || window || global || self || Function('return this')(); }).call(null);

goog.exportSymbol('proto.prices.v1.Price', null, global);
goog.exportSymbol('proto.prices.v1.Query', null, global);

proto.prices.v1.Query = function(opt_data) {
  jspb.Message.initialize(this, opt_data, 0, -1, null, null);
};
goog.inherits(proto.prices.v1.Query, jspb.Message);

proto.prices.v1.Price = function(opt_data) {
  jspb.Message.initialize(this, opt_data, 0, -1, null, null);
};
goog.inherits(proto.prices.v1.Price, jspb.Message);

proto.prices.v1.Query.deserializeBinary = function(bytes) {
  var reader = new jspb.BinaryReader(bytes);
  var msg = new proto.prices.v1.Query;
  return proto.prices.v1.Query.deserializeBinaryFromReader(msg, reader);
};

proto.prices.v1.Query.deserializeBinaryFromReader = function(msg, reader) {
  while (reader.nextField()) {
    if (reader.isEndGroup()) {
      break;
    }
    var field = reader.getFieldNumber();
    switch (field) {
    case 1:
      var value = (reader.readString());
      msg.setSymbol(value);
      break;
    case 2:
      var value = (reader.readInt32());
      msg.setLastDays(value);
      break;
    default:
      reader.skipField();
      break;
    }
  }
  return msg;
};

proto.prices.v1.Query.prototype.serializeBinary = function() {
  var writer = new jspb.BinaryWriter();
  proto.prices.v1.Query.serializeBinaryToWriter(this, writer);
  return writer.getResultBuffer();
};

proto.prices.v1.Query.serializeBinaryToWriter = function(message, writer) {
  var f = undefined;
  f = message.getSymbol();
  if (f.length > 0) {
    writer.writeString(
      1,
      f
    );
  }
  f = message.getLastDays();
  if (f !== 0) {
    writer.writeInt32(
      2,
      f
    );
  }
};

proto.prices.v1.Query.prototype.getSymbol = function() {
  return (jspb.Message.getFieldWithDefault(this, 1, ""));
};

proto.prices.v1.Query.prototype.setSymbol = function(value) {
  return jspb.Message.setProto3StringField(this, 1, value);
};

proto.prices.v1.Query.prototype.getLastDays = function() {
  return (jspb.Message.getFieldWithDefault(this, 2, 0));
};

proto.prices.v1.Query.prototype.setLastDays = function(value) {
  return jspb.Message.setProto3IntField(this, 2, value);
};

proto.prices.v1.Price.deserializeBinary = function(bytes) {
  var reader = new jspb.BinaryReader(bytes);
  var msg = new proto.prices.v1.Price;
  return proto.prices.v1.Price.deserializeBinaryFromReader(msg, reader);
};

proto.prices.v1.Price.deserializeBinaryFromReader = function(msg, reader) {
  while (reader.nextField()) {
    if (reader.isEndGroup()) {
      break;
    }
    var field = reader.getFieldNumber();
    switch (field) {
    case 1:
      var value = (reader.readString());
      msg.setSymbol(value);
      break;
    case 2:
      var value = (reader.readDouble());
      msg.setAmount(value);
      break;
    default:
      reader.skipField();
      break;
    }
  }
  return msg;
};

proto.prices.v1.Price.prototype.serializeBinary = function() {
  var writer = new jspb.BinaryWriter();
  proto.prices.v1.Price.serializeBinaryToWriter(this, writer);
  return writer.getResultBuffer();
};

proto.prices.v1.Price.serializeBinaryToWriter = function(message, writer) {
  var f = undefined;
  f = message.getSymbol();
  if (f.length > 0) {
    writer.writeString(
      1,
      f
    );
  }
  f = message.getAmount();
  if (f !== 0.0) {
    writer.writeDouble(
      2,
      f
    );
  }
};

proto.prices.v1.Price.prototype.getSymbol = function() {
  return (jspb.Message.getFieldWithDefault(this, 1, ""));
};

proto.prices.v1.Price.prototype.setSymbol = function(value) {
  return jspb.Message.setProto3StringField(this, 1, value);
};

proto.prices.v1.Price.prototype.getAmount = function() {
  return (jspb.Message.getFloatingPointFieldWithDefault(this, 2, 0.0));
};

proto.prices.v1.Price.prototype.setAmount = function(value) {
  return jspb.Message.setProto3FloatField(this, 2, value);
};

goog.object.extend(exports, proto.prices.v1);
